-- One account.
SELECT id, name
FROM accounts
WHERE id = ?

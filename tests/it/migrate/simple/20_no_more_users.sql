-- no-transaction
DELETE FROM users;

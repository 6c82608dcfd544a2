SELECT id, name FROM accounts WHERE id = 1

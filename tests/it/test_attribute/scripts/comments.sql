INSERT INTO comments VALUES (1, 1, 'lol'), (2, 1, 'no'), (3, 2, 'yes');

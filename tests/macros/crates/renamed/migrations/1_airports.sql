CREATE TABLE airports (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL); INSERT INTO airports VALUES ('ZRH', 'Zurich; and more');

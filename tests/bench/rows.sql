-- The rows of one posted message, as PostgreSQL would keep them: entry,
-- notification, idempotency record, audit entry, and the thread's head.
CREATE TABLE thread (
	id int PRIMARY KEY, count bigint NOT NULL, unread int NOT NULL,
	last_at timestamptz NOT NULL, chain bytea NOT NULL);
CREATE TABLE entry (
	number bigint PRIMARY KEY, thread int NOT NULL, seq bigint NOT NULL,
	sealed bytea NOT NULL);
CREATE TABLE outbox (
	number bigint PRIMARY KEY, state smallint NOT NULL,
	due timestamptz NOT NULL, person bytea NOT NULL);
CREATE TABLE idem (
	number bigint PRIMARY KEY, key bytea NOT NULL, request bytea NOT NULL);
CREATE TABLE audit (
	number bigint PRIMARY KEY, at timestamptz NOT NULL,
	actor bytea NOT NULL, verb smallint NOT NULL, mac bytea NOT NULL);
CREATE SEQUENCE number;
CREATE INDEX entry_thread ON entry (thread, seq);

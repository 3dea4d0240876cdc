/** Of the room `delivery`: numbered by their place, only ever added to. */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE delivery_release (
      name TEXT PRIMARY KEY,
      delivery TEXT NOT NULL,
      number INTEGER NOT NULL,
      revision TEXT NOT NULL,
      model TEXT,
      pull_repository TEXT,
      pull_number INTEGER,
      created_at BIGINT NOT NULL,
      superseded_by TEXT,
      body TEXT NOT NULL
    )`,
    `CREATE UNIQUE INDEX delivery_release_number ON delivery_release (delivery, number)`,
    `CREATE TABLE delivery_placement (
      id TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      delivery TEXT NOT NULL,
      stage TEXT NOT NULL,
      application TEXT NOT NULL,
      release_name TEXT NOT NULL,
      kind TEXT NOT NULL,
      actor TEXT NOT NULL,
      why TEXT,
      approved_by TEXT NOT NULL,
      repo_url TEXT NOT NULL,
      ref TEXT NOT NULL,
      expected TEXT,
      parent TEXT,
      hash TEXT,
      phase TEXT NOT NULL,
      text TEXT NOT NULL,
      started_at BIGINT NOT NULL,
      since BIGINT NOT NULL,
      placed_at BIGINT,
      ended_at BIGINT,
      soak_from BIGINT,
      steps TEXT NOT NULL,
      pull TEXT
    )`,
    // One number for each: two that want to be next at the same time cannot both be.
    `CREATE UNIQUE INDEX delivery_placement_seq ON delivery_placement (seq)`,
    `CREATE INDEX delivery_placement_stage ON delivery_placement (delivery, stage, seq)`,
    `CREATE INDEX delivery_placement_hash ON delivery_placement (hash)`,
    // Nothing is promoted to a stage while something else is half promoted there.
    `CREATE UNIQUE INDEX delivery_placement_open ON delivery_placement (delivery, stage) WHERE phase = 'Promoting'`,
    `CREATE TABLE delivery_approval (
      delivery TEXT NOT NULL,
      stage TEXT NOT NULL,
      release_name TEXT NOT NULL,
      actor TEXT NOT NULL,
      actor_groups TEXT NOT NULL,
      at BIGINT NOT NULL,
      comment TEXT,
      taken_back_at BIGINT,
      PRIMARY KEY (delivery, stage, release_name, actor)
    )`,
    `CREATE TABLE delivery_override (
      delivery TEXT NOT NULL,
      stage TEXT NOT NULL,
      release_name TEXT NOT NULL,
      requirement TEXT NOT NULL,
      actor TEXT NOT NULL,
      why TEXT NOT NULL,
      at BIGINT NOT NULL,
      PRIMARY KEY (delivery, stage, release_name, requirement)
    )`,
    `CREATE TABLE delivery_hold (delivery TEXT PRIMARY KEY, actor TEXT NOT NULL, why TEXT NOT NULL, at BIGINT NOT NULL)`,
    `CREATE TABLE delivery_head (delivery TEXT PRIMARY KEY, hash TEXT NOT NULL, images TEXT NOT NULL)`,
  ],
]

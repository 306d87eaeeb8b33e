-- Who handed a roster in, where somebody else has to import it. An older program knows
-- of no such rule.

ALTER TABLE roster_import ADD COLUMN submitted_by TEXT NOT NULL DEFAULT '';

-- observed_fact: What one observation sheet says on one fact (Y2, Y2-, Y3, NUM), where its answer is valid.
-- grain: object_id, indicator_code, visit
-- value: the number as answered, else the points: two answers differ where this differs
CREATE OR REPLACE TEMP VIEW observed_fact AS
{facts};

-- published_corrections: What was changed after publication.
--   ky: Жарыялангандан кийин өзгөртүлгөндөр.
--   ru: Что изменено после публикации.
-- grain: changed_on, table, row_key, column
-- changed_on: the day of the change
--   ky: өзгөртүлгөн күнү
--   ru: день изменения
-- table: the table
--   ky: таблица
--   ru: таблица
-- row_key: key of the row
--   ky: саптын ачкычы
--   ru: ключ строки
-- column: the column
--   ky: тилке
--   ru: столбец
-- old_value: before
--   ky: мурда
--   ru: было
-- new_value: after
--   ky: кийин
--   ru: стало
-- reason: why
--   ky: себеби
--   ru: почему
CREATE OR REPLACE VIEW published_corrections AS
SELECT NULL::DATE AS changed_on, NULL::VARCHAR AS "table", NULL::VARCHAR AS row_key, NULL::VARCHAR AS "column",
       NULL::VARCHAR AS old_value, NULL::VARCHAR AS new_value, NULL::VARCHAR AS reason
WHERE false  -- nothing published was ever corrected here;

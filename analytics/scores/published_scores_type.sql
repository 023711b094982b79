-- published_scores_type: How the shown objects of one type did together: each counts the same.
--   ky: Бир түрдөгү көрсөтүлгөн объектилердин жалпы упайы: ар бири бирдей эсептелет.
--   ru: Общий балл показанных объектов одного типа: каждый считается одинаково.
-- grain: round_id, aimak_code, type
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- aimak_code: code of the aiyl aimak
--   ky: айыл аймагынын коду
--   ru: код айылного аймака
-- type: EXEC executive body, MUN municipal enterprise or institution, SUP contract of a supplier, PSO
--    public service organisation
--   ky: EXEC аткаруу органы, MUN муниципалдык ишкана же мекеме, SUP жеткирип берүүчүнүн келишими, PSO
--    кызмат көрсөтүүчү коомдук уюм
--   ru: EXEC исполнительный орган, MUN муниципальное предприятие или учреждение, SUP договор поставщика,
--    PSO общественная организация, оказывающая услуги
-- n_objects: objects in the mean
--   ky: орточого кирген объектилер
--   ru: объекты, вошедшие в среднее
-- score: 0 to 100, the mean of their scores
--   ky: 0дөн 100гө чейин, алардын упайларынын орточосу
--   ru: от 0 до 100, среднее их баллов
-- se: standard error of the score: chance only
--   ky: упайдын стандарттык катасы: кокустук гана
--   ru: стандартная ошибка балла: только случайность
-- band: very_good, good, fair, poor, very_poor
--   ky: very_good абдан жакшы, good жакшы, fair орточо, poor начар, very_poor абдан начар
--   ru: very_good очень хорошо, good хорошо, fair средне, poor плохо, very_poor очень плохо
-- status: scored, insufficient
--   ky: scored упай коюлду, insufficient маалымат жетишсиз
--   ru: scored оценено, insufficient недостаточно данных
CREATE OR REPLACE VIEW published_scores_type AS
SELECT round_id, rounds.aimak_code, type, count(*) FILTER (WHERE scored) AS n_objects,
       avg(objects.score) AS score,
       sqrt(sum(coalesce(objects.se, 0) ^ 2) FILTER (WHERE scored)) / n_objects AS se,
       band_of(avg(objects.score)) AS band,
       CASE WHEN n_objects > 0 THEN 'scored' ELSE 'insufficient' END AS status
FROM published_object_score AS objects
JOIN published_rounds AS rounds USING (round_id)
GROUP BY round_id, rounds.aimak_code, type;

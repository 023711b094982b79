-- published_scores_aimak: How the aimak did: the weighted mean of its scored types.
--   ky: Аймактын упайы: упай коюлган түрлөрдүн салмактуу орточосу.
--   ru: Балл аймака: взвешенное среднее оценённых типов.
-- grain: round_id, aimak_code
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- aimak_code: code of the aiyl aimak
--   ky: айыл аймагынын коду
--   ru: код айылного аймака
-- type: empty: all types together
--   ky: бош: бардык түрлөр бирге
--   ru: пусто: все типы вместе
-- n_objects: objects in the mean
--   ky: орточого кирген объектилер
--   ru: объекты, вошедшие в среднее
-- score: 0 to 100; empty unless the executive body and at least one other type are scored
--   ky: 0дөн 100гө чейин; аткаруу органы жана дагы бир түр упай албаса бош
--   ru: от 0 до 100; пусто, если не оценены исполнительный орган и хотя бы ещё один тип
-- se: standard error of the score: chance only
--   ky: упайдын стандарттык катасы: кокустук гана
--   ru: стандартная ошибка балла: только случайность
-- band: very_good, good, fair, poor, very_poor
--   ky: very_good абдан жакшы, good жакшы, fair орточо, poor начар, very_poor абдан начар
--   ru: very_good очень хорошо, good хорошо, fair средне, poor плохо, very_poor очень плохо
-- status: scored, insufficient
--   ky: scored упай коюлду, insufficient маалымат жетишсиз
--   ru: scored оценено, insufficient недостаточно данных
CREATE OR REPLACE VIEW published_scores_aimak AS
WITH weighed AS (
    SELECT round_id, aimak_code, sum(n_objects) AS objects,
           count(*) FILTER (WHERE type = 'EXEC') = 1 AND count(*) > 1 AS enough,
           sum(weight * score) / sum(weight) AS mean,
           sqrt(sum((weight * se) ^ 2)) / sum(weight) AS error
    FROM published_scores_type
    JOIN published_type_weight USING (round_id, type)
    WHERE status = 'scored'
    GROUP BY round_id, aimak_code
)
SELECT round_id, rounds.aimak_code, NULL::VARCHAR AS type,
       CASE WHEN enough THEN objects ELSE 0 END::BIGINT AS n_objects,
       CASE WHEN enough THEN mean END AS score,
       CASE WHEN enough THEN error END AS se,
       band_of(CASE WHEN enough THEN mean END) AS band,
       CASE WHEN enough THEN 'scored' ELSE 'insufficient' END AS status
FROM published_rounds AS rounds
LEFT JOIN weighed USING (round_id);

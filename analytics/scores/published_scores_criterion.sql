-- published_scores_criterion: How each object did on each criterion.
--   ky: Ар бир объект ар бир критерий боюнча кандай упай алды.
--   ru: Баллы каждого объекта по каждому критерию.
-- grain: round_id, object_id, criterion_code
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- object_id: the evaluated object: its lasting number in the registry
--   ky: бааланган объект: анын реестрдеги туруктуу номери
--   ru: оцениваемый объект: его постоянный номер в реестре
-- criterion_code: the criterion: a weighted group of indicators
--   ky: критерий: көрсөткүчтөрдүн салмактуу тобу
--   ru: критерий: взвешенная группа показателей
-- score: 0 to 100, the weighted mean of its scored indicators; empty unless scored
--   ky: 0дөн 100гө чейин, упай коюлган көрсөткүчтөрдүн салмактуу орточосу; упай коюлбаса бош
--   ru: от 0 до 100, взвешенное среднее оценённых показателей; пусто, если не оценено
-- coverage: 0 to 1, the scored part of the weight of its applicable indicators
--   ky: 0дөн 1ге чейин, тиешелүү көрсөткүчтөрдүн салмагынын упай коюлган бөлүгү
--   ru: от 0 до 1, оценённая часть веса применимых показателей
-- status: scored (coverage of at least one half), insufficient, not_applicable
--   ky: scored упай коюлду (камтуу жарымынан кем эмес), insufficient маалымат жетишсиз, not_applicable
--    тиешеси жок
--   ru: scored оценено (охват не меньше половины), insufficient недостаточно данных, not_applicable
--    неприменимо
CREATE OR REPLACE VIEW published_scores_criterion AS
SELECT round_id, object_id, criterion_code, frozen_criterion_score.score, frozen_criterion_score.coverage,
       frozen_criterion_score.status
FROM frozen_criterion_score
JOIN published_object_score USING (round_id, object_id)
WHERE shown;

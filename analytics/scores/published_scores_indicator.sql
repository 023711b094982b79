-- published_scores_indicator: How each object did on each indicator.
--   ky: Ар бир объект ар бир көрсөткүч боюнча кандай упай алды.
--   ru: Баллы каждого объекта по каждому показателю.
-- grain: round_id, object_id, indicator_code
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- object_id: the evaluated object: its lasting number in the registry
--   ky: бааланган объект: анын реестрдеги туруктуу номери
--   ru: оцениваемый объект: его постоянный номер в реестре
-- indicator_code: the indicator: the name of its question
--   ky: көрсөткүч: суроонун аталышы
--   ru: показатель: имя вопроса
-- n_asked: people or sheets asked: valid, DK, REF and missing answers; empty unless scored
--   ky: суралгандар: жарактуу, DK, REF жана бош жооптор; упай коюлбаса бош
--   ru: спрошенные: действительные, DK, REF и пропущенные ответы; пусто, если не оценено
-- n_valid: answers that have points; empty when suppressed
--   ky: упай берген жооптор; жашырылса бош
--   ru: ответы с баллами; пусто, если скрыто
-- n_na: not applicable; empty for few
--   ky: тиешеси жок; аз болсо бош
--   ru: неприменимо; пусто, если мало
-- n_dk: does not know; empty when suppressed or sensitive
--   ky: билбейт; жашырылса же назик болсо бош
--   ru: не знает; пусто, если скрыто или вопрос чувствительный
-- n_ref: prefers not to say; empty when suppressed or sensitive
--   ky: айткысы келбейт; жашырылса же назик болсо бош
--   ru: не хочет отвечать; пусто, если скрыто или вопрос чувствительный
-- n_missing: no answer, or one that is off the scale; empty when suppressed or sensitive
--   ky: жооп жок же шкаладан тышкары; жашырылса же назик болсо бош
--   ru: нет ответа или ответ вне шкалы; пусто, если скрыто или вопрос чувствительный
-- n_no_answer: DK, REF and missing together; in every scored row
--   ky: DK, REF жана бош жооптор бирге; упай коюлган ар бир сапта
--   ru: DK, REF и пропущенные вместе; в каждой оценённой строке
-- score: 0 to 100, the mean of the valid answers; empty unless scored, never 0 for that
--   ky: 0дөн 100гө чейин, жарактуу жооптордун орточосу; упай коюлбаса бош, 0 эмес
--   ru: от 0 до 100, среднее действительных ответов; пусто, если не оценено, но не 0
-- se: standard error of the score: chance only
--   ky: упайдын стандарттык катасы: кокустук гана
--   ru: стандартная ошибка балла: только случайность
-- ci_low: lower end of the 95 % confidence interval
--   ky: 95 % ишеним аралыгынын төмөнкү чеги
--   ru: нижняя граница 95 % доверительного интервала
-- ci_high: upper end of the 95 % confidence interval
--   ky: 95 % ишеним аралыгынын жогорку чеги
--   ru: верхняя граница 95 % доверительного интервала
-- share_positive: per cent of good answers (S5: 4 and 5; Y2, Y2-: the good one)
--   ky: жакшы жооптордун үлүшү, % (S5: 4 жана 5; Y2, Y2-: жакшысы)
--   ru: доля хороших ответов, % (S5: 4 и 5; Y2, Y2-: хороший)
-- share_low: lower end of Wilson's 95 % interval of the share
--   ky: үлүштүн Уилсон боюнча 95 % аралыгынын төмөнкү чеги
--   ru: нижняя граница 95 % интервала Уилсона для доли
-- share_high: upper end of Wilson's 95 % interval of the share
--   ky: үлүштүн Уилсон боюнча 95 % аралыгынын жогорку чеги
--   ru: верхняя граница 95 % интервала Уилсона для доли
-- status: scored, suppressed (fewer answers than n_min), not_applicable, withdrawn
--   ky: scored упай коюлду, suppressed жашырылды (жооптор n_min'ден аз), not_applicable тиешеси жок,
--    withdrawn кайтарып алынды
--   ru: scored оценено, suppressed скрыто (ответов меньше n_min), not_applicable неприменимо, withdrawn
--    отозвано
-- flags: joined by ;: little_information, disagreement, unverified, off_scale (never of a sensitive indicator)
--   ky: ; менен бөлүнгөн: little_information маалымат аз, disagreement пикир келишпестик, unverified
--    далилсиз, off_scale шкаладан тышкары (назик көрсөткүчтө көрсөтүлбөйт)
--   ru: через ;: little_information мало информации, disagreement расхождение, unverified без
--    подтверждения, off_scale вне шкалы (у чувствительного показателя не указывается)
CREATE OR REPLACE VIEW published_scores_indicator AS
WITH shown_object AS (
    SELECT round_id, object_id FROM published_object_score WHERE shown
), judged AS (
    SELECT frozen_indicator_score.*,
           status = 'scored' AS is_scored,
           -- rows of fewer than n_min who were not concerned tell nothing either
           status = 'scored' OR (status = 'not_applicable' AND n_na >= n_min) AS has_counts
    FROM frozen_indicator_score
    SEMI JOIN shown_object USING (round_id, object_id)
)
SELECT round_id, object_id, indicator_code,
       CASE WHEN has_counts THEN n_asked END AS n_asked,
       CASE WHEN has_counts THEN n_valid END AS n_valid,
       CASE WHEN has_counts THEN n_na END AS n_na,
       CASE WHEN has_counts AND NOT sensitive THEN n_dk END AS n_dk,
       CASE WHEN has_counts AND NOT sensitive THEN n_ref END AS n_ref,
       CASE WHEN has_counts AND NOT sensitive THEN n_missing END AS n_missing,
       CASE WHEN is_scored THEN judged.n_dk + judged.n_ref + judged.n_missing END AS n_no_answer,
       CASE WHEN is_scored THEN score END AS score,
       CASE WHEN is_scored THEN se END AS se,
       CASE WHEN is_scored THEN ci_low END AS ci_low,
       CASE WHEN is_scored THEN ci_high END AS ci_high,
       CASE WHEN is_scored THEN share_positive END AS share_positive,
       CASE WHEN is_scored THEN share_low END AS share_low,
       CASE WHEN is_scored THEN share_high END AS share_high,
       CASE WHEN status = 'not_scored' THEN 'suppressed' ELSE status END AS status,
       concat_ws(';', CASE WHEN is_scored AND little_information THEN 'little_information' END,
                      CASE WHEN is_scored AND disagreement THEN 'disagreement' END,
                      CASE WHEN is_scored AND unverified THEN 'unverified' END,
                      -- it would tell that one of the non-answers is a missing one
                      CASE WHEN is_scored AND off_scale AND NOT sensitive THEN 'off_scale' END) AS flags
FROM judged;

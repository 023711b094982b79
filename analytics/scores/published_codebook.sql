-- published_codebook: The questions that were scored, with their weights, from the version fixed when the
--    round opened.
--   ky: Упай коюлган суроолор жана алардын салмагы, раунд ачылганда бекитилген версиядан.
--   ru: Оценённые вопросы с весами из версии, закреплённой при открытии раунда.
-- grain: round_id, form_version, indicator_code
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- form_version: the questionnaire and its version, as form/version
--   ky: анкета жана анын версиясы: анкета/версия
--   ru: анкета и её версия: анкета/версия
-- indicator_code: the indicator: the name of its question
--   ky: көрсөткүч: суроонун аталышы
--   ru: показатель: имя вопроса
-- type: EXEC executive body, MUN municipal enterprise or institution, SUP contract of a supplier, PSO
--    public service organisation
--   ky: EXEC аткаруу органы, MUN муниципалдык ишкана же мекеме, SUP жеткирип берүүчүнүн келишими, PSO
--    кызмат көрсөтүүчү коомдук уюм
--   ru: EXEC исполнительный орган, MUN муниципальное предприятие или учреждение, SUP договор поставщика,
--    PSO общественная организация, оказывающая услуги
-- criterion_code: the criterion: a weighted group of indicators
--   ky: критерий: көрсөткүчтөрдүн салмактуу тобу
--   ru: критерий: взвешенная группа показателей
-- criterion_weight: W, weight of the criterion within the type; the sum is normalised
--   ky: W, критерийдин салмагы; суммасы нормаланат
--   ru: W, вес критерия в типе; сумма нормируется
-- stream: O observation sheet, C citizens
--   ky: O байкоо барагы, C жарандар
--   ru: O лист наблюдения, C граждане
-- scale: S5, F5+, F5-, Y3, Y2, Y2-, T3: named scales; NUM a number between two anchors; own: points as in
--    codebook_choices
--   ky: S5, F5+, F5-, Y3, Y2, Y2-, T3: аталган шкалалар; NUM эки чектин ортосундагы сан; own: упайлар
--    codebook_choices ичинде
--   ru: S5, F5+, F5-, Y3, Y2, Y2-, T3: именованные шкалы; NUM число между двумя опорами; own: баллы в
--    codebook_choices
-- unit: unit of a number
--   ky: сандын бирдиги
--   ru: единица числа
-- best: the number that earns 100
--   ky: 100 упай берген сан
--   ru: число, дающее 100 баллов
-- worst: the number that earns 0
--   ky: 0 упай берген сан
--   ru: число, дающее 0 баллов
-- w: weight of the indicator within the criterion
--   ky: көрсөткүчтүн критерийдеги салмагы
--   ru: вес показателя в критерии
-- n_min: with fewer valid answers it is not scored
--   ky: жарактуу жооп мындан аз болсо упай коюлбайт
--   ru: при меньшем числе действительных ответов не оценивается
-- sensitive: a question people may fear to answer: shown from 10 answers
--   ky: назик суроо: 10 жооптон баштап көрсөтүлөт
--   ru: чувствительный вопрос: показывается от 10 ответов
-- text_ky: the question, in Kyrgyz
--   ky: суроо, кыргызча
--   ru: вопрос, на кыргызском
-- text_ru: the question, in Russian
--   ky: суроо, орусча
--   ru: вопрос, на русском
-- text_en: the question, in English
--   ky: суроо, англисче
--   ru: вопрос, на английском
-- position: place in the questionnaire
--   ky: анкетадагы орду
--   ru: место в анкете
-- criterion_position: place of the criterion in the questionnaire
--   ky: критерийдин анкетадагы орду
--   ru: место критерия в анкете
-- criterion_ky: name of the criterion, in Kyrgyz
--   ky: критерийдин аталышы, кыргызча
--   ru: название критерия, на кыргызском
-- criterion_ru: name of the criterion, in Russian
--   ky: критерийдин аталышы, орусча
--   ru: название критерия, на русском
-- criterion_en: name of the criterion, in English
--   ky: критерийдин аталышы, англисче
--   ru: название критерия, на английском
CREATE OR REPLACE VIEW published_codebook AS
SELECT round_id, round_form.form_id || '/' || round_form.version AS form_version, indicator_code,
       round_form.object_type AS type, criterion_code, criterion.weight AS criterion_weight, stream, scale, unit,
       best, worst, indicator.weight AS w, n_min, coalesce(sensitive, false) AS sensitive,
       indicator.label_ky AS text_ky, indicator.label_ru AS text_ru, indicator.label_en AS text_en,
       indicator.position, criterion.position AS criterion_position, criterion.label_ky AS criterion_ky,
       criterion.label_ru AS criterion_ru, criterion.label_en AS criterion_en
FROM publication
JOIN round_form USING (round_id, project_id)
JOIN indicator USING (project_id, form_id, version)
JOIN criterion USING (project_id, form_id, version, criterion_code);

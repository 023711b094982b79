-- published_rounds: Published rounds of evaluation.
--   ky: Жарыяланган баалоо раунддары.
--   ru: Опубликованные раунды оценки.
-- grain: round_id
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- aimak_code: code of the aiyl aimak
--   ky: айыл аймагынын коду
--   ru: код айылного аймака
-- title_ky: name of the round, in Kyrgyz
--   ky: раунддун аталышы, кыргызча
--   ru: название раунда, на кыргызском
-- title_ru: name of the round, in Russian
--   ky: раунддун аталышы, орусча
--   ru: название раунда, на русском
-- title_en: name of the round, in English
--   ky: раунддун аталышы, англисче
--   ru: название раунда, на английском
-- kind: monitoring_continuous, monitoring_temporary, evaluation_regular, evaluation_one_off
--   ky: monitoring_continuous туруктуу байкоо, monitoring_temporary убактылуу байкоо, evaluation_regular
--    дайыма баалоо, evaluation_one_off бир жолку баалоо
--   ru: monitoring_continuous постоянное наблюдение, monitoring_temporary временное наблюдение,
--    evaluation_regular регулярная оценка, evaluation_one_off разовая оценка
-- method_note_ky: what to know about the method of this round, in Kyrgyz
--   ky: бул раунддун ыкмасы жөнүндө эскертүү, кыргызча
--   ru: примечание о методе этого раунда, на кыргызском
-- method_note_ru: what to know about the method of this round, in Russian
--   ky: бул раунддун ыкмасы жөнүндө эскертүү, орусча
--   ru: примечание о методе этого раунда, на русском
-- method_note_en: what to know about the method of this round, in English
--   ky: бул раунддун ыкмасы жөнүндө эскертүү, англисче
--   ru: примечание о методе этого раунда, на английском
-- form_versions: the questionnaires used, as form/version, joined by ;
--   ky: колдонулган анкеталар: анкета/версия, ; менен бөлүнгөн
--   ru: использованные анкеты: анкета/версия, через ;
-- opened_on: the first day whose answers belong to it
--   ky: жооптору эсепке алынган биринчи күн
--   ru: первый день, ответы за который учитываются
-- closed_on: the last day whose answers belong to it: the planned one, or the day it closed before that
--   ky: жооптору эсепке алынган акыркы күн: пландалган күн же андан мурун жабылса, ошол күн
--   ru: последний день, ответы за который учитываются: по плану или день более раннего закрытия
-- published_on: the day it was published
--   ky: жарыяланган күнү
--   ru: день публикации
-- kenesh_resolution_no: number of the resolution of the kenesh
--   ky: кеңештин токтомунун номери
--   ru: номер постановления кенеша
-- kenesh_resolution_link: address of the resolution
--   ky: токтомдун дареги
--   ru: адрес постановления
CREATE OR REPLACE VIEW published_rounds AS
WITH forms AS (
    SELECT round_id, string_agg(form_id || '/' || version, ';' ORDER BY form_id) AS form_versions
    FROM round_form
    GROUP BY round_id
)
SELECT round_id, aimak_code, title_ky, title_ru, title_en, kind, method_note_ky, method_note_ru, method_note_en,
       form_versions, opens_on AS opened_on, least(closes_on, local_day(closed_at)) AS closed_on, published_on,
       coalesce(given_resolution_no, resolution_no) AS kenesh_resolution_no,
       coalesce(given_resolution_link, resolution_link) AS kenesh_resolution_link
FROM publication
JOIN round USING (round_id)
LEFT JOIN frozen_aimak_score USING (round_id)
LEFT JOIN forms USING (round_id);

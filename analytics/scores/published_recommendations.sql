-- published_recommendations: Recommendations of the group to the objects.
--   ky: Топтун объектилерге берген сунуштары.
--   ru: Рекомендации группы объектам.
-- grain: rec_id
-- rec_id: the recommendation
--   ky: сунуш
--   ru: рекомендация
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- object_id: the evaluated object: its lasting number in the registry
--   ky: бааланган объект: анын реестрдеги туруктуу номери
--   ru: оцениваемый объект: его постоянный номер в реестре
-- indicator_code: the indicator: the name of its question
--   ky: көрсөткүч: суроонун аталышы
--   ru: показатель: имя вопроса
-- text_ky: what is recommended, in Kyrgyz
--   ky: эмне сунушталат, кыргызча
--   ru: что рекомендовано, на кыргызском
-- text_ru: what is recommended, in Russian
--   ky: эмне сунушталат, орусча
--   ru: что рекомендовано, на русском
-- text_en: what is recommended, in English
--   ky: эмне сунушталат, англисче
--   ru: что рекомендовано, на английском
-- responsible_post: the post responsible
--   ky: жооптуу кызмат орду
--   ru: ответственная должность
-- due_on: due
--   ky: мөөнөтү
--   ru: срок
-- status: new, accepted, partly_accepted, rejected, in_progress, done, verified, overdue
--   ky: new жаңы, accepted кабыл алынды, partly_accepted жарым-жартылай, rejected четке кагылды,
--    in_progress аткарылууда, done аткарылды, verified текшерилди, overdue мөөнөтү өттү
--   ru: new новая, accepted принята, partly_accepted принята частично, rejected отклонена, in_progress
--    выполняется, done выполнена, verified проверена, overdue просрочена
-- status_on: since
--   ky: качантан бери
--   ru: с какого дня
-- object_reply_ky: reply of the object, in Kyrgyz
--   ky: объектинин жообу, кыргызча
--   ru: ответ объекта, на кыргызском
-- object_reply_ru: reply of the object, in Russian
--   ky: объектинин жообу, орусча
--   ru: ответ объекта, на русском
-- kenesh_decision: decision of the kenesh
--   ky: кеңештин чечими
--   ru: решение кенеша
-- proof_link: address of the proof
--   ky: далилдин дареги
--   ru: адрес подтверждения
CREATE OR REPLACE VIEW published_recommendations AS
SELECT NULL::VARCHAR AS rec_id, NULL::VARCHAR AS round_id, NULL::VARCHAR AS object_id, NULL::VARCHAR AS indicator_code,
       NULL::VARCHAR AS text_ky, NULL::VARCHAR AS text_ru, NULL::VARCHAR AS text_en, NULL::VARCHAR AS responsible_post,
       NULL::DATE AS due_on, NULL::VARCHAR AS status, NULL::DATE AS status_on, NULL::VARCHAR AS object_reply_ky,
       NULL::VARCHAR AS object_reply_ru, NULL::VARCHAR AS kenesh_decision, NULL::VARCHAR AS proof_link
WHERE false  -- recommendations are not kept here yet: the table is published empty;

-- published_evidence_public: Evidence that may be seen by everyone: facilities and defects, never people.
--   ky: Баарына ачык далилдер: объектилер жана кемчиликтер, адамдар эмес.
--   ru: Открытые подтверждения: объекты и дефекты, не люди.
-- grain: evidence_id
-- evidence_id: the piece of evidence
--   ky: далил
--   ru: подтверждение
-- object_id: the evaluated object: its lasting number in the registry
--   ky: бааланган объект: анын реестрдеги туруктуу номери
--   ru: оцениваемый объект: его постоянный номер в реестре
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- indicator_code: the indicator: the name of its question
--   ky: көрсөткүч: суроонун аталышы
--   ru: показатель: имя вопроса
-- kind: photo, document, link, position
--   ky: photo сүрөт, document документ, link шилтеме, position жайгашкан жер
--   ru: photo фото, document документ, link ссылка, position место
-- taken_on: the day it was taken
--   ky: алынган күнү
--   ru: день съёмки
-- file_link: address of the file
--   ky: файлдын дареги
--   ru: адрес файла
-- lat: latitude of the facility or defect
--   ky: объектинин же кемчиликтин кеңдиги
--   ru: широта объекта или дефекта
-- lon: longitude of the facility or defect
--   ky: объектинин же кемчиликтин узундугу
--   ru: долгота объекта или дефекта
-- caption_ky: caption, in Kyrgyz
--   ky: түшүндүрмө, кыргызча
--   ru: подпись, на кыргызском
-- caption_ru: caption, in Russian
--   ky: түшүндүрмө, орусча
--   ru: подпись, на русском
-- caption_en: caption, in English
--   ky: түшүндүрмө, англисче
--   ru: подпись, на английском
CREATE OR REPLACE VIEW published_evidence_public AS
SELECT NULL::VARCHAR AS evidence_id, NULL::VARCHAR AS object_id, NULL::VARCHAR AS round_id,
       NULL::VARCHAR AS indicator_code, NULL::VARCHAR AS kind, NULL::DATE AS taken_on, NULL::VARCHAR AS file_link,
       NULL::DECIMAL(8, 5) AS lat, NULL::DECIMAL(8, 5) AS lon, NULL::VARCHAR AS caption_ky,
       NULL::VARCHAR AS caption_ru, NULL::VARCHAR AS caption_en
WHERE false  -- a photo is published only after a second person has checked it: none is yet;

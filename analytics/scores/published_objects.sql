-- published_objects: Objects of published rounds, as the registry had them when the round closed.
--   ky: Жарыяланган раунддардын объектилери, раунд жабылганда реестрде кандай болсо, ошондой.
--   ru: Объекты опубликованных раундов, какими они были в реестре при закрытии раунда.
-- grain: round_id, object_id
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- object_id: the evaluated object: its lasting number in the registry
--   ky: бааланган объект: анын реестрдеги туруктуу номери
--   ru: оцениваемый объект: его постоянный номер в реестре
-- type: EXEC executive body, MUN municipal enterprise or institution, SUP contract of a supplier, PSO
--    public service organisation
--   ky: EXEC аткаруу органы, MUN муниципалдык ишкана же мекеме, SUP жеткирип берүүчүнүн келишими, PSO
--    кызмат көрсөтүүчү коомдук уюм
--   ru: EXEC исполнительный орган, MUN муниципальное предприятие или учреждение, SUP договор поставщика,
--    PSO общественная организация, оказывающая услуги
-- subtype: kind within the type, such as waste, water, works, dwu
--   ky: түрдүн ичиндеги түрчө, мисалы waste, water, works, dwu
--   ru: подтип, например waste, water, works, dwu
-- name_ky: name, in Kyrgyz
--   ky: аталышы, кыргызча
--   ru: название, на кыргызском
-- name_ru: name, in Russian
--   ky: аталышы, орусча
--   ru: название, на русском
-- name_en: name, in English
--   ky: аталышы, англисче
--   ru: название, на английском
-- legal_form: legal form
--   ky: уюштуруу-укуктук формасы
--   ru: организационно-правовая форма
-- aimak_code: code of the aiyl aimak
--   ky: айыл аймагынын коду
--   ru: код айылного аймака
-- villages_served: villages it serves, joined by ;
--   ky: тейлеген айылдары, ; менен бөлүнгөн
--   ru: обслуживаемые сёла, через ;
-- lat: latitude of the office or facility, WGS 84
--   ky: кеңсенин же объектинин кеңдиги, WGS 84
--   ru: широта офиса или объекта, WGS 84
-- lon: longitude of the office or facility, WGS 84
--   ky: кеңсенин же объектинин узундугу, WGS 84
--   ru: долгота офиса или объекта, WGS 84
-- users_count: how many use it
--   ky: пайдалануучулардын саны
--   ru: число пользователей
-- status: active, suspended, liquidated, reorganised
--   ky: active иштейт, suspended токтотулган, liquidated жоюлган, reorganised кайра түзүлгөн
--   ru: active действует, suspended приостановлен, liquidated ликвидирован, reorganised реорганизован
-- valid_from: registered from
--   ky: реестрде ушул күндөн
--   ru: в реестре с
-- valid_to: registered until
--   ky: реестрде ушул күнгө чейин
--   ru: в реестре до
-- predecessor_id: the object whose history it continues
--   ky: тарыхын уланткан мурунку объект
--   ru: объект-предшественник, чью историю он продолжает
-- aimak_ky: name of the aiyl aimak, in Kyrgyz
--   ky: айыл аймагынын аталышы, кыргызча
--   ru: название айылного аймака, на кыргызском
-- aimak_ru: name of the aiyl aimak, in Russian
--   ky: айыл аймагынын аталышы, орусча
--   ru: название айылного аймака, на русском
-- aimak_en: name of the aiyl aimak, in English
--   ky: айыл аймагынын аталышы, англисче
--   ru: название айылного аймака, на английском
CREATE OR REPLACE VIEW published_objects AS
SELECT round_id, object_id, object_record.type, object_record.subtype, name_ky, name_ru, name_en, legal_form,
       object_record.aimak_code, villages_served, CAST(lat AS DECIMAL(8, 5)) AS lat, CAST(lon AS DECIMAL(8, 5)) AS lon,
       users_count, object_record.status, valid_from, valid_to, predecessor_id,
       TRY_CAST(attributes AS JSON) ->> 'aimak_name_ky' AS aimak_ky,
       TRY_CAST(attributes AS JSON) ->> 'aimak_name_ru' AS aimak_ru,
       TRY_CAST(attributes AS JSON) ->> 'aimak_name_en' AS aimak_en
FROM published_object_score
JOIN publication USING (round_id, project_id)
JOIN object_record USING (project_id, object_id)
WHERE seq <= as_of
QUALIFY row_number() OVER (PARTITION BY round_id, object_id ORDER BY seq DESC) = 1;

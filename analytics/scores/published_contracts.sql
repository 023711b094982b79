-- published_contracts: Contracts that were evaluated: what the law opens about them anyway.
--   ky: Бааланган келишимдер: алар жөнүндө мыйзам боюнча ачык маалымат.
--   ru: Оценённые договоры: сведения, открытые по закону.
-- grain: round_id, object_id
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- object_id: the evaluated object: its lasting number in the registry
--   ky: бааланган объект: анын реестрдеги туруктуу номери
--   ru: оцениваемый объект: его постоянный номер в реестре
-- contract_no: number of the contract
--   ky: келишимдин номери
--   ru: номер договора
-- tender_no: number of the tender
--   ky: тендердин номери
--   ru: номер тендера
-- portal_link: address on the procurement portal
--   ky: сатып алуулар порталындагы дареги
--   ru: адрес на портале закупок
-- method: how it was procured
--   ky: сатып алуунун ыкмасы
--   ru: способ закупки
-- supplier_name: the supplier, legal entities only
--   ky: жеткирип берүүчү, юридикалык жактар гана
--   ru: поставщик, только юридические лица
-- subject_ky: subject, in Kyrgyz
--   ky: предмети, кыргызча
--   ru: предмет, на кыргызском
-- subject_ru: subject, in Russian
--   ky: предмети, орусча
--   ru: предмет, на русском
-- category: works, goods, services, consulting
--   ky: works иштер, goods товарлар, services кызматтар, consulting консультация
--   ru: works работы, goods товары, services услуги, consulting консультации
-- sum_initial_som: sum at signing, som
--   ky: кол коюлгандагы суммасы, сом
--   ru: сумма при подписании, сом
-- sum_final_som: final sum, som
--   ky: акыркы суммасы, сом
--   ru: итоговая сумма, сом
-- signed_on: signed
--   ky: кол коюлган күнү
--   ru: подписан
-- due_on: due
--   ky: мөөнөтү
--   ru: срок
-- finished_on: finished
--   ky: бүткөн күнү
--   ru: завершён
-- warranty_months: warranty, months
--   ky: кепилдик, ай
--   ru: гарантия, месяцев
CREATE OR REPLACE VIEW published_contracts AS
SELECT round_id, object_id, contract_no, tender_no, portal_link, method,
       CASE WHEN NOT coalesce(object_record.supplier_is_person, true) THEN object_record.supplier_name END
           AS supplier_name,
       subject_ky, subject_ru, category, CAST(sum_initial_som AS DECIMAL(18, 2)) AS sum_initial_som,
       CAST(sum_final_som AS DECIMAL(18, 2)) AS sum_final_som, signed_on, due_on, finished_on, warranty_months
FROM published_object_score
JOIN publication USING (round_id, project_id)
JOIN object_record USING (project_id, object_id)
WHERE seq <= as_of AND published_object_score.type = 'SUP'
QUALIFY row_number() OVER (PARTITION BY round_id, object_id ORDER BY seq DESC) = 1;

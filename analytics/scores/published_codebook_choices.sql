-- published_codebook_choices: What could be answered, and how many points each answer earns.
--   ky: Кандай жооп берсе болот жана ар бир жооп канча упай берет.
--   ru: Варианты ответа и баллы за каждый.
-- grain: round_id, form_version, indicator_code, choice
-- round_id: the round
--   ky: раунд
--   ru: раунд
-- form_version: the questionnaire and its version, as form/version
--   ky: анкета жана анын версиясы: анкета/версия
--   ru: анкета и её версия: анкета/версия
-- indicator_code: the indicator: the name of its question
--   ky: көрсөткүч: суроонун аталышы
--   ru: показатель: имя вопроса
-- choice: the answer's code
--   ky: жооптун коду
--   ru: код ответа
-- points: 0 to 100; empty for a non-answer
--   ky: 0дөн 100гө чейин; жооп эмес болсо бош
--   ru: от 0 до 100; пусто, если это не ответ
-- nonresponse: NA not applicable, DK does not know, REF prefers not to say; empty for an answer
--   ky: NA тиешеси жок, DK билбейт, REF айткысы келбейт; жооп болсо бош
--   ru: NA неприменимо, DK не знает, REF не хочет отвечать; пусто, если это ответ
-- text_ky: the answer, in Kyrgyz
--   ky: жооп, кыргызча
--   ru: ответ, на кыргызском
-- text_ru: the answer, in Russian
--   ky: жооп, орусча
--   ru: ответ, на русском
-- text_en: the answer, in English
--   ky: жооп, англисче
--   ru: ответ, на английском
CREATE OR REPLACE VIEW published_codebook_choices AS
SELECT round_id, round_form.form_id || '/' || round_form.version AS form_version, indicator_code, choice,
       any_value(points) AS points, any_value(nonresponse) AS nonresponse, any_value(label_ky) AS text_ky,
       any_value(label_ru) AS text_ru, any_value(label_en) AS text_en
FROM publication
JOIN round_form USING (round_id, project_id)
JOIN indicator_choice USING (project_id, form_id, version)
GROUP BY round_id, round_form.form_id, round_form.version, indicator_code, choice;

-- Rounding, bands, Student's t and Wilson's interval, used by all results.

-- what an answer is (domain 4.0): points, or below zero why there are none; off_scale is counted as missing
CREATE OR REPLACE MACRO class_of(answer) AS CASE
    WHEN answer >= 0 THEN 'valid'
    WHEN answer = -1 THEN 'NA'
    WHEN answer = -2 THEN 'DK'
    WHEN answer = -3 THEN 'REF'
    WHEN answer = -4 THEN 'missing'
    ELSE 'off_scale' END;
CREATE OR REPLACE MACRO points_of(answer) AS CASE WHEN answer >= 0 THEN answer END;

-- every comparison with a constant and every label looks at the value rounded half away from zero to six
-- decimals (domain 5.7.15); what is computed with is not rounded. The order in which numbers are added leaves
-- noise behind the thirteenth decimal, which must not decide a half: it is cut off first.
CREATE OR REPLACE MACRO six(x) AS round(round(x, 12), 6);

-- a score as it is printed, with one decimal; 59.95 is 60.0
CREATE OR REPLACE MACRO printed(score) AS round(CAST(six(score) AS DECIMAL(12, 6)), 1);

-- five bands of twenty points each; 100 lies in the last one
CREATE OR REPLACE MACRO band_of(score) AS
    ['very_poor', 'poor', 'fair', 'good', 'very_good', 'very_good'][1 + CAST(floor(printed(score) / 20) AS INTEGER)];

CREATE OR REPLACE MACRO precision_of(half_width) AS CASE
    WHEN half_width IS NULL THEN NULL
    WHEN six(half_width) <= 5 THEN 'high'
    WHEN six(half_width) <= 10 THEN 'medium'
    ELSE 'low' END;

-- the 0.975 quantile of Student's t; above 30 degrees of freedom that of the normal distribution
CREATE OR REPLACE MACRO t_975(df) AS CASE WHEN df > 30 THEN 1.960 ELSE [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042][CAST(df AS INTEGER)]::DOUBLE END;

-- what is outside 0 to 100 comes to its border; nothing stays nothing
CREATE OR REPLACE MACRO clipped(x) AS
    CASE WHEN x < 0 THEN 0.0::DOUBLE WHEN x > 100 THEN 100.0::DOUBLE ELSE x END;

-- Wilson's interval of a share, in per cent: k of n, z = 1.96
CREATE OR REPLACE MACRO wilson_middle(k, n) AS (k / n + 1.96 ^ 2 / (2 * n)) / (1 + 1.96 ^ 2 / n);
CREATE OR REPLACE MACRO wilson_half(k, n) AS
    1.96 * sqrt(k / n * (1 - k / n) / n + 1.96 ^ 2 / (4 * n ^ 2)) / (1 + 1.96 ^ 2 / n);

-- a concern of some subtypes only; none named: of all
CREATE OR REPLACE MACRO concerns(subtypes, subtype) AS
    coalesce(len(subtypes), 0) = 0 OR coalesce(list_contains(subtypes, subtype), false);

-- the day of an instant in Kyrgyzstan; instants are kept in UTC
CREATE OR REPLACE MACRO local_day(instant) AS CAST(instant + INTERVAL 6 HOUR AS DATE);

-- a text in three languages, a missing one empty; and flags as a list
CREATE OR REPLACE MACRO texts_of(ky, ru, en) AS
    {'ky': coalesce(ky, ''), 'ru': coalesce(ru, ''), 'en': coalesce(en, '')};
CREATE OR REPLACE MACRO flags_of(joined) AS
    list_filter(string_split(coalesce(joined, ''), ';'), lambda flag: flag <> '');

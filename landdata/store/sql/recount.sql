-- recount: every figure that is kept and is not what the parcels themselves say; one statement, so one snapshot.
-- :units (array; null: all) commune versions to be looked at. Registers of which nothing is kept are not missed here.
WITH counted AS (  -- what stands, commune version by commune version
  SELECT commune_id AS unit_id, sum(p)::integer AS parcels, sum(c)::integer AS certificates, sum(h)::integer AS holders
  FROM (
    SELECT commune_id, count(*) AS p, 0 AS c, 0 AS h FROM land.parcel
    WHERE is_current AND (CAST(:units AS integer[]) IS NULL OR commune_id = ANY(:units)) GROUP BY commune_id
    UNION ALL SELECT commune_id, 0, count(*), 0 FROM land.certificate
    WHERE is_current AND (CAST(:units AS integer[]) IS NULL OR commune_id = ANY(:units)) GROUP BY commune_id
    UNION ALL SELECT commune_id, 0, 0, count(*) FROM land.holder
    WHERE is_current AND (CAST(:units AS integer[]) IS NULL OR commune_id = ANY(:units)) GROUP BY commune_id
  ) one GROUP BY commune_id
), event AS (
  SELECT unit_id, sum(parcels)::integer AS parcels, sum(certificates)::integer AS certificates, sum(holders)::integer AS holders
  FROM stats.coverage_event WHERE CAST(:units AS integer[]) IS NULL OR unit_id = ANY(:units) GROUP BY unit_id
), counter AS (
  SELECT unit_id, parcels, certificates, holders FROM stats.coverage_counter
  WHERE CAST(:units AS integer[]) IS NULL OR unit_id = ANY(:units)
), figure AS (
  SELECT k.source, unit_id, f.figure, f.held, f.counted
  FROM counted t
  FULL JOIN event e USING (unit_id)
  FULL JOIN counter c USING (unit_id)
  CROSS JOIN LATERAL (VALUES ('COUNTER', c.parcels, c.certificates, c.holders), ('EVENTS', e.parcels, e.certificates, e.holders))
    AS k (source, parcels, certificates, holders)
  CROSS JOIN LATERAL (VALUES ('parcels', coalesce(k.parcels, 0), coalesce(t.parcels, 0)),
    ('certificates', coalesce(k.certificates, 0), coalesce(t.certificates, 0)),
    ('holders', coalesce(k.holders, 0), coalesce(t.holders, 0))) AS f (figure, held, counted)
), month AS (  -- the newest month whose sums are not those of the events before it
  SELECT DISTINCT ON (k.unit_id, f.figure) k.unit_id, f.figure, f.held, f.counted
  FROM stats.coverage_month k
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.parcels), 0)::integer AS parcels, coalesce(sum(e.certificates), 0)::integer AS certificates,
           coalesce(sum(e.holders), 0)::integer AS holders
    FROM stats.coverage_event e WHERE e.unit_id = k.unit_id AND e.effective_on < k.month
  ) e
  CROSS JOIN LATERAL (VALUES ('parcels', k.parcels, e.parcels), ('certificates', k.certificates, e.certificates),
    ('holders', k.holders, e.holders)) AS f (figure, held, counted)
  WHERE CAST(:units AS integer[]) IS NULL AND f.held <> f.counted
  ORDER BY k.unit_id, f.figure, k.month DESC
), kept AS (
  SELECT DISTINCT epoch_id FROM stats.connected WHERE CAST(:units AS integer[]) IS NULL
), source AS (
  SELECT p.epoch_id, p.to_unit_id AS unit_id, count(*)::integer AS many
  FROM ref.projection p JOIN counted t ON t.unit_id = p.from_unit_id AND t.parcels > 0
  WHERE p.extent = 'full' AND p.epoch_id IN (SELECT epoch_id FROM kept) GROUP BY p.epoch_id, p.to_unit_id
), commune AS (
  SELECT r.epoch_id, r.unit_id, r.district_id, r.province_id, coalesce(s.many, 0) AS sources
  FROM ref.register r LEFT JOIN source s USING (epoch_id, unit_id)
  WHERE r.level = 'commune' AND r.epoch_id IN (SELECT epoch_id FROM kept)
), reach AS (
  SELECT epoch_id, unit_id, 1 AS communes, (sources > 0)::integer AS connected, sources FROM commune
  UNION ALL
  SELECT c.epoch_id, above.unit_id, count(*)::integer, (count(*) FILTER (WHERE c.sources > 0))::integer, 0
  FROM commune c CROSS JOIN LATERAL (VALUES (c.district_id), (c.province_id)) AS above (unit_id)
  WHERE above.unit_id IS NOT NULL GROUP BY c.epoch_id, above.unit_id
), connected AS (
  SELECT epoch_id, unit_id, f.figure, coalesce(f.held, 0) AS held, coalesce(f.counted, 0) AS counted
  FROM reach r FULL JOIN (SELECT * FROM stats.connected WHERE CAST(:units AS integer[]) IS NULL) k USING (epoch_id, unit_id)
  CROSS JOIN LATERAL (VALUES ('communes', k.communes, r.communes), ('connected', k.connected, r.connected),
    ('sources', k.sources, r.sources)) AS f (figure, held, counted)
)
SELECT source, NULL::smallint AS epoch_id, unit_id, figure, held, counted FROM figure WHERE held <> counted
UNION ALL
SELECT 'MONTH', NULL, unit_id, figure, held, counted FROM month
UNION ALL
SELECT 'CONNECTED', epoch_id, unit_id, figure, held, counted FROM connected WHERE held <> counted
UNION ALL  -- the last row says how much was counted
SELECT 'TOTAL', NULL, NULL, NULL, count(*)::integer, coalesce(sum(parcels), 0)::integer FROM counted
ORDER BY 1, 2, 3, 4

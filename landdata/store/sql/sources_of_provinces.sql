-- sources_of_provinces: the provinces of a register, each with the land offices whose charge lies in it.
-- :on a day of the register; :office (null: all). A row for each province and office; office_id null: nobody delivers for it.
WITH RECURSIVE forth AS (  -- what became of the provinces in an office's charge
  SELECT DISTINCT o.unit_id AS held, o.unit_id AS at FROM org.office_unit o
  UNION
  SELECT f.held, s.new_unit_id FROM forth f JOIN ref.unit_succession s ON s.old_unit_id = f.at
  JOIN ref.unit u ON u.unit_id = s.new_unit_id AND u.level = 'province'
), back AS (  -- and what they were made from
  SELECT DISTINCT o.unit_id AS held, o.unit_id AS at FROM org.office_unit o
  UNION
  SELECT b.held, s.old_unit_id FROM back b JOIN ref.unit_succession s ON s.new_unit_id = b.at
  JOIN ref.unit u ON u.unit_id = s.old_unit_id AND u.level = 'province'
), lies AS (
  SELECT DISTINCT o.office_id, p.at FROM org.office_unit o
  JOIN (SELECT * FROM forth UNION SELECT * FROM back) p ON p.held = o.unit_id
  JOIN sync.source USING (office_id)
)
SELECT u.code, u.full_name_vi, l.office_id
FROM ref.unit u LEFT JOIN lies l ON l.at = u.unit_id
WHERE u.level = 'province' AND u.validity @> CAST(:on AS date)
  AND (CAST(:office AS bigint) IS NULL OR l.office_id = :office)
ORDER BY u.code, l.office_id

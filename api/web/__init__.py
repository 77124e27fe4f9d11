"""The pages people read: a dashboard in Vietnamese and English; its figures come from the flows."""

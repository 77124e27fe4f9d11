"""Does a parcel cost the same when the country is there? 63 offices deliver until 24 million parcels are on record."""

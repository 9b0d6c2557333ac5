-- Which job a job runs again.
ALTER TABLE jobs ADD COLUMN rerun_of TEXT;

"""The processes behind `houselist serve`: a supervisor, API processes, and a job worker."""

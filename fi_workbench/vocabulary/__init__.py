"""The field's code lists and names, as frozen tables: what a code means, and in which years it was collected."""

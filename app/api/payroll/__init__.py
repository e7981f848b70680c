"""Operations of the payroll desk: periods, exports, corrections, formats, and weeks of hours."""

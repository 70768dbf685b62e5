"""Tables that offices keep: CSV and Excel read row by row, what is wrong said by line, column and mend."""

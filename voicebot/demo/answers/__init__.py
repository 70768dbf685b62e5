"""How fast the robot answers over real SIP calls, measured at the patients' ears."""

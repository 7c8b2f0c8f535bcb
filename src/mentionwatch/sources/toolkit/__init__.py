"""What source types are written with. Public: third parties may import every module here."""

"""What came back: bounces and complaints with what was done about them, and each mail or call as it came."""

"""What files may say and what an answer is: strict, frozen types."""

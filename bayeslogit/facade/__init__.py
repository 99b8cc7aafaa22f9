"""What a fit is asked for; being folded into the rooms."""

"""Statistics over what was recorded: one public function per question, with its formula, source and uncertainty."""

"""Who hears of what happened, and how it reaches them: inbox rows from events, pushes through WeChat, receipts back."""

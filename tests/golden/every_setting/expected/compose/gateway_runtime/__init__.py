instance = None

"""上传材料: what comes in is sniffed, looked at in a process of its own, made anew, sealed and kept."""

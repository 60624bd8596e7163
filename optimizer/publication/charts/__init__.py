"""Charts as SVG text, drawn here so that a page needs no script, font or host from outside.

Every chart is drawn at a given width in CSS pixels, so that its words stay readable: pages hold a
wide and a narrow drawing and show the one that fits. Colours come from the page's style sheet by
class name, so that dark mode and print need no second drawing.
"""

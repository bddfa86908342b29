"""The way of a video, from the uploaded file to the published stream; `flow` has the graph of the steps."""

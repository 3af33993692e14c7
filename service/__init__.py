"""The HTTP service: the committed ONNX files, where a browser will not do."""

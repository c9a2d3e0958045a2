/**
 * Has Python's urllib.request do its requests through the interpreter's bridge, and so through the gateway: there are no sockets and no
 * TLS in this Python. The bridge carries the body of a request as text.
 */
export const pythonUrllib = `
def use_gateway(request_module):
    import base64, email.message, io, sys, urllib.error, urllib.response

    def body_of(data):
        if data is None:
            return None
        if hasattr(data, 'read'):
            data = data.read()
        if isinstance(data, str):
            return data
        try:
            return (data if isinstance(data, (bytes, bytearray)) else b''.join(data)).decode('utf-8')
        except UnicodeDecodeError:
            raise urllib.error.URLError('only UTF-8 text can be sent from here')

    def ask(handler, request):
        headers = {**request.unredirected_hdrs, **request.headers}
        for name in ('Host', 'Connection', 'Content-length'):
            headers.pop(name, None)
        result = sys.modules['jb_http']._client._do_request(
            request.get_method(), request.full_url, headers, body_of(request.data))
        if result.get('status') is None:
            raise urllib.error.URLError(result.get('error', 'no answer'))
        told = email.message.Message()
        for name, value in result['headers'].items():
            told[name] = value
        content = io.BytesIO(base64.b64decode(result.get('bodyBase64') or ''))
        response = urllib.response.addinfourl(content, told, result.get('url', request.full_url), result['status'])
        response.msg = response.reason = result.get('statusText', '')
        return response

    class GatewayHandler(request_module.AbstractHTTPHandler):
        http_open = https_open = ask
        http_request = https_request = request_module.AbstractHTTPHandler.do_request_

    request_module.HTTPHandler = GatewayHandler
`;

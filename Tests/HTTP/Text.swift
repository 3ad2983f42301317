import HTTPTypes

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
/// Each byte as the character of its number, so that nothing is lost however bytes were cut.
func text(_ bytes: some Collection<UInt8>) -> String {
  String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}
/// Every way to cut a text that tests use: whole, byte by byte, and in two at every place.
func cuts(_ text: String) -> [[[UInt8]]] {
  let all = bytes(text)
  let halves = (0...all.count).map { [Array(all[..<$0]), Array(all[$0...])] }
  return [[all]] + [all.map { [$0] }] + halves
}

func request(
  _ method: HTTPRequest.Method = .get, _ path: String? = "/", authority: String? = "h",
  scheme: String? = "http", _ fields: HTTPFields = [:]
) -> HTTPRequest {
  HTTPRequest(method: method, scheme: scheme, authority: authority, path: path, headerFields: fields)
}

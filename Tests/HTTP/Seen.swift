import HTTPTypes
import StrataBase
import StrataHTTP

/// What a machine told, with content joined, so that it does not depend on how the bytes were cut.
enum Seen: Equatable {
  case request(HTTPRequest, HTTPBody.Length)
  case informational(Int)
  case response(Int, HTTPFields, HTTPBody.Length)
  case body(String)
  case end(HTTPFields)
  case failed(HTTPError)
}

extension [Seen] {
  mutating func note(_ seen: Seen) {
    if case .body(let more) = seen, case .body(let text)? = last {
      self[count - 1] = .body(text + more)
    } else {
      append(seen)
    }
  }
}

import HTTPTypes
import StrataHTTP

/// What a machine of HTTP told, with content joined, so that it does not depend on how bytes were cut.
enum Told: Equatable {
  case request(HTTPRequest, HTTPBody.Length)
  case response(HTTPResponse, HTTPBody.Length)
  case informational(HTTPResponse)
  case body([UInt8])
  case end(HTTPFields)
  case failed(HTTPError)
}

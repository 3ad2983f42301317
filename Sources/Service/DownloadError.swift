import StrataFiles
import StrataHTTP
import StrataSockets

/// Why a download did not end well.
public enum DownloadError: Error, Hashable, Sendable {
  case socket(SocketError)
  case http(HTTPError)
  case sink(SinkError)
  /// The server answered with a status other than 200 and 206: the response says more.
  case status(Int)
  /// The server sent another part than was asked for.
  case wrongPart
  /// The URL or a field has characters that a request may not have.
  case invalidRequest
  /// Nothing moved for as long as the download allows.
  case timedOut
}

extension DownloadError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .socket(let error): error.description
    case .http(let error): error.description
    case .sink(let error): error.description
    case .status(let code) where code / 100 == 3:
      "the server sends on (\(code)) to what is no http URL: ask there by another program"
    case .status(let code): "the server answered \(code): check the URL"
    case .wrongPart: "the server sent another part than was asked for: begin anew"
    case .invalidRequest: "the URL has characters that it may not have: percent-encode them"
    case .timedOut: "the server fell silent: try again, or allow more time"
    }
  }
}

/// A call that a machine cannot follow. Nothing was changed by it.
public enum HTTPMisuse: Error, Hashable, Sendable, CustomStringConvertible {
  case noRequest
  case requestIncomplete
  case responseUnderway
  case noMessage
  case finalStatusNeeded
  case interimStatusNeeded
  case bodyTooLong
  case bodyTooShort
  case chunkOpen
  case notWritable
  case invalidRequest
  case requestUnderway
  case tooManyRequests
  case connectionClosing

  public var description: String {
    switch self {
    case .noRequest: "no request waits for this: call it after a .request event"
    case .requestIncomplete: "the request's content is still to come: read it before the protocol changes"
    case .responseUnderway: "the response has begun already: finish it first"
    case .noMessage: "no message is underway: send its head first"
    case .finalStatusNeeded: "respond needs a final status: use informational for 1xx"
    case .interimStatusNeeded: "informational needs a status of 1xx: use respond for others"
    case .bodyTooLong: "more bytes than the head or the chunk says: write at most bodyRoom"
    case .bodyTooShort: "fewer bytes than the head or the chunk says: write them, or abort the connection"
    case .chunkOpen: "the chunk before is not full: write the rest of it first"
    case .notWritable: "control bytes wait in front of the body: drain them first"
    case .invalidRequest: "the path or authority has characters that a URI may not have: percent-encode them"
    case .requestUnderway: "the request before is not finished: finish it first"
    case .tooManyRequests: "too many requests wait for answers: read some, or raise limits.pipelinedRequests"
    case .connectionClosing: "this connection takes no more requests: open a new one"
    }
  }
}

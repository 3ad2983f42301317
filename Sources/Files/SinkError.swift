/// Why a sink could not take bytes.
public enum SinkError: Error, Hashable, Sendable {
  case noSpace
  case notPermitted
  case noFolder
  /// The sink holds as much as it may.
  case full
  /// The system's error number.
  case system(Int32)
}

extension SinkError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSpace: "no space is left: free some, or choose another disk"
    case .notPermitted: "writing is not permitted there: choose another place"
    case .noFolder: "the folder does not exist: make it first"
    case .full: "the content is larger than allowed: raise the limit"
    case .system(let number): "the system refused with error \(number); `errno \(number)` names it"
    }
  }
}

import Glibc

/// Why a recording or a capture could not be written or read.
public enum RecordingError: Error, Equatable {
  case cannotWrite(path: String, errno: Int32)
  case cannotRead(path: String, errno: Int32)
  /// The file is not a recording.
  case notARecording(path: String)
  /// The file ends in the middle of an entry, or an entry makes no sense.
  case damaged(path: String, offset: Int)
}

extension RecordingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotWrite(let path, let number):
      "cannot write \(path): \(String(cString: strerror(number))); name another file"
    case .cannotRead(let path, let number):
      "cannot read \(path): \(String(cString: strerror(number)))"
    case .notARecording(let path):
      "\(path) is not a recording; make one with `strata serve --record FILE`"
    case .damaged(let path, let offset):
      "\(path) is damaged at byte \(offset); the run up to there can still be replayed with an older copy"
    }
  }
}

import Glibc

/// Why a recording or a capture could not be written or read.
public enum RecordingError: Error, Equatable {
  case cannotWrite(path: String, errno: Int32)
  case cannotRead(path: String, errno: Int32)
  /// The file is not a recording.
  case notARecording(path: String)
  /// What stands at this byte makes no sense. A file that was only cut off is not damaged.
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
      "\(path) is damaged at byte \(offset): no entry of a recording begins there; copy it again from where "
        + "it was made, or record the run anew"
    }
  }
}

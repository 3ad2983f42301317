/// Why the loop could not do what it was asked.
public enum LoopError: Error, Hashable, Sendable {
  /// The process or the system has no descriptor left.
  case tooManyDescriptors
  /// The descriptor cannot be waited for: a regular file, or not open.
  case notWatchable(Int32)
  /// The descriptor is watched already, or the signal has another taker.
  case alreadyTaken(Int32)
  /// Another error of the operating system, by its number.
  case system(Int32)
}

extension LoopError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooManyDescriptors: "too many descriptors are open: close some, or raise the limit"
    case .notWatchable(let number): "descriptor \(number) cannot be waited for: read files directly"
    case .alreadyTaken(let number): "\(number) has another taker: remove that one first"
    case .system(let number): "the operating system says error \(number): see errno(3)"
    }
  }
}

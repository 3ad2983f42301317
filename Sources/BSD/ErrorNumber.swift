import StrataSockets

/// Why a call failed, as Linux numbers it (asm-generic/errno-base.h, asm-generic/errno.h).
public struct ErrorNumber: Error, RawRepresentable, Hashable, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let noEntry = ErrorNumber(rawValue: 2)  // ENOENT
  public static let badDescriptor = ErrorNumber(rawValue: 9)  // EBADF
  public static let again = ErrorNumber(rawValue: 11)  // EAGAIN
  public static let noMemory = ErrorNumber(rawValue: 12)  // ENOMEM
  public static let accessDenied = ErrorNumber(rawValue: 13)  // EACCES
  public static let badAddress = ErrorNumber(rawValue: 14)  // EFAULT
  public static let invalidArgument = ErrorNumber(rawValue: 22)  // EINVAL
  public static let tooManyDescriptors = ErrorNumber(rawValue: 24)  // EMFILE
  public static let noSuchRequest = ErrorNumber(rawValue: 25)  // ENOTTY
  public static let noSpace = ErrorNumber(rawValue: 28)  // ENOSPC
  public static let brokenPipe = ErrorNumber(rawValue: 32)  // EPIPE
  public static let outOfDomain = ErrorNumber(rawValue: 33)  // EDOM
  public static let destinationRequired = ErrorNumber(rawValue: 89)  // EDESTADDRREQ
  public static let messageTooLong = ErrorNumber(rawValue: 90)  // EMSGSIZE
  public static let noSuchOption = ErrorNumber(rawValue: 92)  // ENOPROTOOPT
  public static let protocolNotSupported = ErrorNumber(rawValue: 93)  // EPROTONOSUPPORT
  public static let typeNotSupported = ErrorNumber(rawValue: 94)  // ESOCKTNOSUPPORT
  public static let notSupported = ErrorNumber(rawValue: 95)  // EOPNOTSUPP
  public static let familyNotSupported = ErrorNumber(rawValue: 97)  // EAFNOSUPPORT
  public static let addressInUse = ErrorNumber(rawValue: 98)  // EADDRINUSE
  public static let addressNotAvailable = ErrorNumber(rawValue: 99)  // EADDRNOTAVAIL
  public static let networkUnreachable = ErrorNumber(rawValue: 101)  // ENETUNREACH
  public static let connectionAborted = ErrorNumber(rawValue: 103)  // ECONNABORTED
  public static let connectionReset = ErrorNumber(rawValue: 104)  // ECONNRESET
  public static let alreadyConnected = ErrorNumber(rawValue: 106)  // EISCONN
  public static let notConnected = ErrorNumber(rawValue: 107)  // ENOTCONN
  public static let timedOut = ErrorNumber(rawValue: 110)  // ETIMEDOUT
  public static let connectionRefused = ErrorNumber(rawValue: 111)  // ECONNREFUSED
  public static let already = ErrorNumber(rawValue: 114)  // EALREADY
  public static let inProgress = ErrorNumber(rawValue: 115)  // EINPROGRESS

  init(_ error: SocketError) { self.init(rawValue: error.errno) }
}

/// Makes a call of the socket table, with its error by Linux's number.
func numbered<R>(_ body: () throws(SocketError) -> R) throws(ErrorNumber) -> R {
  do { return try body() } catch { throw ErrorNumber(error) }
}

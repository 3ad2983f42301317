/// Why a socket call did not do what it was asked. Every case has Linux's number in `errno`, and its
/// description says what to do next.
public enum SocketError: Error, Hashable, Sendable {
  case wouldBlock
  case inProgress
  case badDescriptor
  case addressInUse
  case addressNotAvailable
  case connectionRefused
  case connectionReset
  case connectionAborted
  case timedOut
  case hostUnreachable
  case networkUnreachable
  case notConnected
  case alreadyConnected
  case brokenPipe
  case invalidArgument
  case notSupported
  case tooManyDescriptors
  case noBuffers
  case permissionDenied
  case messageTooLong
  /// The task that waited was cancelled. Only the async edge throws this.
  case cancelled
  /// Another error of the operating system, by its number.
  case system(Int32)
}

extension SocketError {
  /// Linux's number for it (asm-generic/errno.h), whatever system this runs on.
  public var errno: Int32 {
    switch self {
    case .wouldBlock: 11  // EAGAIN
    case .inProgress: 115  // EINPROGRESS
    case .badDescriptor: 9  // EBADF
    case .addressInUse: 98  // EADDRINUSE
    case .addressNotAvailable: 99  // EADDRNOTAVAIL
    case .connectionRefused: 111  // ECONNREFUSED
    case .connectionReset: 104  // ECONNRESET
    case .connectionAborted: 103  // ECONNABORTED
    case .timedOut: 110  // ETIMEDOUT
    case .hostUnreachable: 113  // EHOSTUNREACH
    case .networkUnreachable: 101  // ENETUNREACH
    case .notConnected: 107  // ENOTCONN
    case .alreadyConnected: 106  // EISCONN
    case .brokenPipe: 32  // EPIPE
    case .invalidArgument: 22  // EINVAL
    case .notSupported: 95  // EOPNOTSUPP
    case .tooManyDescriptors: 24  // EMFILE
    case .noBuffers: 105  // ENOBUFS
    case .permissionDenied: 13  // EACCES
    case .messageTooLong: 90  // EMSGSIZE
    case .cancelled: 125  // ECANCELED
    case .system(let number): number
    }
  }

  /// The case for one of Linux's numbers. Numbers that mean the same to a caller give the same case.
  public init(errno: Int32) {
    switch errno {
    case 11: self = .wouldBlock
    case 115, 114: self = .inProgress  // and EALREADY: asked again meanwhile
    case 9, 88: self = .badDescriptor  // and ENOTSOCK
    case 98: self = .addressInUse
    case 99: self = .addressNotAvailable
    case 111: self = .connectionRefused
    case 104: self = .connectionReset
    case 103: self = .connectionAborted
    case 110: self = .timedOut
    case 113, 112: self = .hostUnreachable  // and EHOSTDOWN
    case 101, 100: self = .networkUnreachable  // and ENETDOWN
    case 107, 89: self = .notConnected  // and EDESTADDRREQ
    case 106: self = .alreadyConnected
    case 32: self = .brokenPipe
    case 22: self = .invalidArgument
    case 95, 92, 93, 94, 97: self = .notSupported  // and ENOPROTOOPT, E*NOSUPPORT
    case 24, 23: self = .tooManyDescriptors  // and ENFILE, the system's bound
    case 105, 12: self = .noBuffers  // and ENOMEM
    case 13, 1: self = .permissionDenied  // and EPERM, a packet filter's no
    case 90: self = .messageTooLong
    case 125: self = .cancelled
    default: self = .system(errno)
    }
  }
}

extension SocketError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wouldBlock: "nothing can be done now: wait for the socket's next event"
    case .inProgress: "the connection is being made: wait until the socket is writable or has failed"
    case .badDescriptor: "no such open socket: it was closed, or never opened"
    case .addressInUse: "the address is in use: choose another port, or stop what listens there"
    case .addressNotAvailable: "no interface has this address: bind to one of this host's own, or to any"
    case .connectionRefused: "nobody listens there: check the port, and that the server runs"
    case .connectionReset: "the peer reset the connection: open a new one"
    case .connectionAborted: "the connection ended before it was accepted: accept the next one"
    case .timedOut: "no answer in time: try again later, or allow more time"
    case .hostUnreachable: "no way to this host: check the address, and that the host is up"
    case .networkUnreachable: "no route to this network: add a route, or check the address"
    case .notConnected: "the socket is not connected: connect it first"
    case .alreadyConnected: "the socket is connected already: use another one"
    case .brokenPipe: "this direction is closed: write nothing more, and close the socket"
    case .invalidArgument: "the call does not fit the socket's state or its arguments: correct the caller"
    case .notSupported: "this kind of socket or ground cannot do that: use another call"
    case .tooManyDescriptors: "too many sockets are open: close some, or raise the limit"
    case .noBuffers: "no memory for it: close some sockets, or try again later"
    case .permissionDenied: "not permitted: choose a port above 1023, or get the right to it"
    case .messageTooLong: "the datagram is too large: send less at once"
    case .cancelled: "the task was cancelled while it waited: close the socket, or call again"
    case .system(let number): "the operating system says error \(number): see errno(3)"
    }
  }
}

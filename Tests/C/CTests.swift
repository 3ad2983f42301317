import Testing
@Suite struct CTests {}

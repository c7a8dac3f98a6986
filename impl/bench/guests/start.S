# First instructions of a guest: a stack, and main's result as the exit code.
        .section .text.start
        .globl _start
_start:
        la      sp, stack_top
        call    main
        li      a7, 93
        ecall
